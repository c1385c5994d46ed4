"""XML signatures and their XAdES properties, and what else an XML document holds."""
