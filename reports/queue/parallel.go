package queue

import "context"

// A line is who waits for something that is done by one after the other.
type line struct{ last chan struct{} }

// A turn is a place in a line.
type turn struct {
	before <-chan struct{} // nil for the first
	done   chan struct{}
}

// join takes the next place.
func (l *line) join() turn {
	t := turn{l.last, make(chan struct{})}
	l.last = t.done
	return t
}

// take does what there is to do once all before have done it. Where one fails, those
// behind never have their turn: the context has to end then.
func (t turn) take(ctx context.Context, do func() error) error {
	if t.before != nil {
		select {
		case <-t.before:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := do()
	if err == nil {
		close(t.done)
	}
	return err
}
