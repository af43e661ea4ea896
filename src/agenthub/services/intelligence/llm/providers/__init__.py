"""The makers of answers: one file per vendor behind one streaming method."""
