"""The hostile web beside good feeds, in one run."""
