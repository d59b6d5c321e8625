"""What every room stands on; each file has one job."""
