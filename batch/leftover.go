package batch

import (
	"context"
	"fmt"
	"os"
)

// publishLeft publishes the book's last night where a run was stopped between its
// commit and its publication, of which its staging folder is the mark: once another
// night is in, its tape can't be made again.
func (n *closing) publishLeft(ctx context.Context) error {
	if n.last == nil || n.o.DryRun {
		return nil
	}
	staging := stagingFolder(n.o.Out, n.last.Date)
	if _, err := os.Stat(staging); err != nil {
		return nil // as nearly always
	}
	if _, ok := n.publishedManifest(); ok {
		return os.RemoveAll(staging)
	}
	_, err := republish(ctx, n.book, ReportOptions{Out: n.o.Out, Date: n.last.Date, Workers: n.o.Workers, Memory: n.o.Memory})
	if err != nil {
		return fmt.Errorf("publish %s, which is closed but not published: %w", n.last.Date, err)
	}
	return nil
}
