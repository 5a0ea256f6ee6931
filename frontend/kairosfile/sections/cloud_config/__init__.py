"""Cloud-configs and stage extensions: model, checks, and the steps that write them into the image."""
