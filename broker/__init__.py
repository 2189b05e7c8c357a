"""Model Broker: one way to call a model, whatever its maker and platform."""
