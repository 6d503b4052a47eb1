import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * One node of OpenSearch on loopback, which ends when nobody holds its standard input any more.
 *
 * Arguments: its folder, its name, its HTTP port, its transport port, and the transport ports of all nodes, each node's
 * name before its port. What a node says goes to standard output.
 */
public final class Node {
    public static void main(String[] args) throws Exception {
        String folder = args[0], name = args[1], http = args[2], transport = args[3];
        List<String> names = new ArrayList<>(), hosts = new ArrayList<>();
        for (int i = 4; i < args.length; i += 2) {
            names.add(args[i]);
            hosts.add("127.0.0.1:" + args[i + 1]);
        }
        Path configuration = Path.of(folder, "node_1", "config", "opensearch.yml");
        Files.createDirectories(configuration.getParent());
        Files.writeString(configuration, "");
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("cluster.name", "lectern-tests");
            settings.put("node.name", name);
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", http);
            settings.put("transport.port", transport);
            settings.putList("discovery.seed_hosts", hosts);
            settings.putList("cluster.initial_cluster_manager_nodes", names);
            settings.putList("node.roles", "cluster_manager", "data", "ingest");
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
            settings.put("node.processors", 2);
            settings.put("thread_pool.write.queue_size", 200);
        });
        runner.build(OpenSearchRunner.newConfigs().basePath(folder).numOfNode(1).disableESLogger());
        System.out.println("started");
        while (System.in.read() >= 0) {
            // Whatever is said: only the end counts.
        }
        Runtime.getRuntime().halt(0); // its folder is thrown away: there is nothing to close in order
    }
}
