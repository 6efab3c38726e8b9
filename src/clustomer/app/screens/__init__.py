"""What the pages show, one file each."""
