"""What happens to the machine: kills, full disks, clocks, stores and servers that fail; a table of what came of it."""
