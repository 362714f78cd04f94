"""The defects a measurement seeds, one module per structure type; what finds them is not known here."""
