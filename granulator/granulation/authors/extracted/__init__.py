"""What is written from a source without a model: one module per structure type. Scaffolds are elsewhere."""
