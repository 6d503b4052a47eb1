"""The presentation service: manifests, collections, and the lines of pages as annotations."""
