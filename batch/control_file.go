package batch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"daybook/batch/intake"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"
)

// controlName is the sender's own account of the night's files, in the inbox.
const controlName = "control.json"

// controlMax is the most bytes that a control file may have: it names files, not rows.
const controlMax = 16 << 20

// A controlFile says what a sender has sent: its form is in docs/formats.md.
type controlFile struct {
	FormatVersion *int        `json:"format_version"`
	BusinessDate  *civil.Date `json:"business_date"`
	Files         []struct {
		Path   string `json:"path"`
		Rows   *int64 `json:"rows"`
		Amount string `json:"amount"` // of all its rows; "" is not said
		SHA256 string `json:"sha256"` // "" is not said
	} `json:"files"`
}

// readControl reads the sender's control file; nil where there is none.
func (n *plan) readControl() (*controlFile, error) {
	path := filepath.Join(n.o.In, controlName)
	info, err := os.Stat(path) // first: opening a pipe would wait for ever
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > controlMax:
		return nil, fmt.Errorf("it is no file, or has more than %d bytes", controlMax)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseControl(raw)
}

// parseControl reads the form of a control file, and says what is wrong with it.
func parseControl(raw []byte) (*controlFile, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // RFC 8259, 8.1: a reader may pass over it
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	c := new(controlFile)
	var wrong *json.UnmarshalTypeError
	switch err := d.Decode(c); {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("%s takes no %s (at byte %d)", cmp.Or(wrong.Field, "the file"), wrong.Value, wrong.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, errors.New("it ends too early")
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("it has more than one object")
	}
	switch {
	case c.FormatVersion == nil:
		return nil, errors.New("it has no format_version; this program knows 1")
	case *c.FormatVersion != 1:
		return nil, fmt.Errorf("format_version is %d, this program knows 1", *c.FormatVersion)
	}
	return c, nil
}

// guardControl holds the night's files to the sender's control file: all but their
// amounts, which are known when the rows are read.
func (n *plan) guardControl() (err error) {
	if n.o.Allow.Unproved {
		return nil
	}
	if n.control, err = n.readControl(); err != nil {
		return &publish.GuardError{
			Guard: "control", Saw: fmt.Sprintf("%s can't be read: %v", controlName, err),
			Hint: "docs/formats.md has its form; ask the sender for another, or say --allow-unproved",
		}
	}
	c := n.control
	if c == nil {
		if n.policy.Guards.RequireControl {
			return controlError([]string{fmt.Sprintf("%s lacks %s, which says what was sent", n.o.In, controlName)})
		}
		return nil
	}
	var off []string
	if c.BusinessDate != nil && *c.BusinessDate != n.o.Date {
		off = append(off, fmt.Sprintf("%s is of %s, not of %s", controlName, *c.BusinessDate, n.o.Date))
	}
	listed := map[string]bool{}
	for _, x := range c.Files {
		if listed[x.Path] {
			off = append(off, fmt.Sprintf("%s lists %s twice", controlName, x.Path))
		}
		listed[x.Path] = true
		i := n.fileNamed(x.Path)
		if i < 0 && slices.ContainsFunc(n.inbox.PassedOver, func(p intake.PassedOver) bool { return p.Name == x.Path }) {
			continue // the reconciliation's
		}
		if i < 0 {
			off = append(off, fmt.Sprintf("%s lists %s, which is no file that is read; of a folder it lists each part, as repayments/part-0.parquet", controlName, x.Path))
			continue
		}
		f := n.inbox.Files[i]
		if x.Rows == nil {
			off = append(off, fmt.Sprintf("%s does not say how many rows %s has", controlName, x.Path))
		} else if *x.Rows != f.Rows {
			off = append(off, fmt.Sprintf("%s has %d rows, %s says %d", x.Path, f.Rows, controlName, *x.Rows))
		}
		if x.SHA256 != "" && !strings.EqualFold(x.SHA256, hexOf(f.SHA256)) {
			off = append(off, fmt.Sprintf("%s has the SHA-256 %s, %s says %s", x.Path, hexOf(f.SHA256), controlName, x.SHA256))
		}
	}
	for _, f := range n.inbox.Files {
		if !listed[f.Name] {
			off = append(off, fmt.Sprintf("%s is not listed by %s", f.Name, controlName))
		}
	}
	return controlError(off)
}

// guardControlAmounts holds the money in the night's files to the control file.
func (n *taken) guardControlAmounts() error {
	if n.control == nil {
		return nil
	}
	var off []string
	for _, x := range n.control.Files {
		i := n.fileNamed(x.Path)
		if x.Amount == "" || i < 0 {
			continue
		}
		if kind := n.inbox.Files[i].Kind; !posts(kind) {
			off = append(off, fmt.Sprintf("%s says an amount of %s: files of %s have none that is posted; leave it out", controlName, x.Path, kind))
			continue
		}
		got := reports.Decimal(n.tallies[i].in.amount, n.policy.Scale, n.policy.Digits())
		want, err := money.ParseDecimal(x.Amount, n.policy.Scale)
		if err != nil {
			off = append(off, fmt.Sprintf("%s: amount of %s: %v", controlName, x.Path, err))
		} else if want != n.tallies[i].in.amount {
			off = append(off, fmt.Sprintf("the amounts of %s come to %s, %s says %s", x.Path, got, controlName, x.Amount))
		}
	}
	return controlError(off)
}

func (n *plan) fileNamed(path string) int {
	for i, f := range n.inbox.Files {
		if f.Name == path {
			return i
		}
	}
	return -1
}

// controlError reports all that the files differ in from what was sent.
func controlError(off []string) error {
	var errs []error
	for _, saw := range off {
		errs = append(errs, &publish.GuardError{
			Guard: "control", Saw: saw, Hint: "ask the sender which is right; --allow-unproved closes the night all the same",
		})
	}
	return errors.Join(errs...)
}
