"""Static copies of objects for plain web servers: what of them strangers may see, and the files of that."""
