// An S3 server that checks signatures, on loopback: node --openssl-legacy-provider s3.mjs PORT FOLDER BUCKET
import S3rver from "@20minutes/s3rver";

const [port, directory, name] = process.argv.slice(2);
const configureBuckets = [{ name, configs: [] }];
await new S3rver({ address: "127.0.0.1", port: Number(port), silent: true, directory, configureBuckets }).run();
