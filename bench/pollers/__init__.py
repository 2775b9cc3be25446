"""Tradewire's polling beside other programs', on feeds that this machine serves to itself."""
