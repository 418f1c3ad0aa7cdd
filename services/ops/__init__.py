"""What every process shows of itself: health, metrics, logs; and how far each stage is behind."""
