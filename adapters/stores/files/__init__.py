"""Where the content of files is: a directory, or a bucket of an S3-compatible store."""
