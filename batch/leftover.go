package batch

import (
	"context"
	"fmt"

	"daybook/batch/publish"
)

// publishLeft publishes the book's last night where a run was stopped between its
// commit and its publication, of which its staging folder is the mark: once another
// night is in, its tape can't be made again.
func (n *plan) publishLeft(ctx context.Context) error {
	if n.last == nil || n.o.DryRun {
		return nil
	}
	if !(publish.Place{Out: n.o.Out, Date: n.last.Date}).Staged() {
		return nil // as nearly always
	}
	if _, err := publish.Republish(ctx, n.book, n.reportOptions(n.last.Date), n.madeOut); err != nil {
		return fmt.Errorf("publish %s, which is closed but not published: %w", n.last.Date, err)
	}
	return nil
}
