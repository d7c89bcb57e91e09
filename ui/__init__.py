"""The screens: Qt widgets that ask operations and show values."""
