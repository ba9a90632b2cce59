"""What an Experiment on a cluster has found: collected, put into S3, said in a ConfigMap."""
