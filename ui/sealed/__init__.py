"""The only widgets that may show chart text: nothing can be copied, dragged or printed out of them."""
