"""What head office has to say to each gateway: one numbered list, signed, fetched by the gateway, acked by number."""
