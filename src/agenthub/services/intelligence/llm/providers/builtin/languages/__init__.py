"""What the model knows of each language: function words, kinds of question, and its own few phrases."""
