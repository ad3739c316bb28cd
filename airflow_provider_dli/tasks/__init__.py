"""What operators and sensors share, whichever back end their jobs run on."""
