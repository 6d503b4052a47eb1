"""What others wrote to judge servers of the Image API, run against ours."""
