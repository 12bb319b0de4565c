package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"daybook/ledger/civil"
	"daybook/reports"
)

// Names of a comparison of two policies within an output folder.
const (
	CompareName     = "compare"      // the folder that it is written to
	comparisonName  = "compare.json" // in it: what the folder holds
	comparingFolder = stagingPrefix + CompareName
)

// A Comparison says what a folder of a comparison holds, and of what it is.
type Comparison struct {
	FormatVersion int              `json:"format_version"`
	BusinessDate  civil.Date       `json:"business_date"`
	BookID        string           `json:"book_id,omitempty"`
	Software      string           `json:"software"`
	OldPolicy     string           `json:"old_policy_digest"`
	NewPolicy     string           `json:"new_policy_digest"`
	Outputs       []reports.Output `json:"outputs"`
}

// comparisonVersion is the version of [Comparison].
const comparisonVersion = 1

// A Comparing is a folder of work in which nights are computed to be compared, and the
// place where what comes of it is written: the folder [CompareName] of an output folder,
// or nowhere. It ends with Close.
type Comparing struct {
	out  string // "": what comes of it is not kept
	lock *Lock
	made []string
	root string
}

// working are the names within the folder of work that are this program's alone.
var working = []string{"old", "new", "nights", "book", "build", "sorted", CompareName}

// Compare makes a folder of work: in an output folder, which is made where there is none
// and kept from other runs until the end, or, where out is "", among the system's
// temporary ones. What lies where the comparison is to be written must be an older one as
// it was written: else the error is a [GuardError], and nothing has changed.
func Compare(out string) (c *Comparing, err error) {
	c = &Comparing{out: out}
	if out == "" {
		c.root, err = os.MkdirTemp("", "daybook-compare-")
		return c, err
	}
	if c.lock, c.made, err = Enter(out); err != nil {
		return nil, err
	}
	if _, err = claimComparison(c.folder()); err == nil {
		root := filepath.Join(out, comparingFolder)
		if err = clearComparing(root); err == nil {
			c.root = root
			err = makeMarked(root)
		}
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Dir is the folder of work.
func (c *Comparing) Dir() string { return c.root }

// Results is the folder within it that becomes the comparison.
func (c *Comparing) Results() string { return filepath.Join(c.root, CompareName) }

func (c *Comparing) folder() string { return filepath.Join(c.out, CompareName) }

// Publish gives what lies in Results its place, with a list of it; an older comparison goes
// when the new one is there. It returns the folder, "" where nothing is kept.
func (c *Comparing) Publish(m *Comparison, shared bool) (folder string, err error) {
	if c.out == "" {
		return "", nil
	}
	m.FormatVersion = comparisonVersion
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	_, err = reports.WriteBytes(filepath.Join(c.Results(), comparisonName), append(text, '\n'))
	if err == nil && shared {
		err = ShareNew(c.Results(), c.made)
	}
	if err == nil {
		err = SyncTree(c.Results())
	}
	if err != nil {
		return "", err
	}
	if err := c.replace(); err != nil {
		return "", err
	}
	c.made = nil // they have something in them
	return c.folder(), SyncDir(c.out)
}

// replace gives what lies in Results its name. What had it is moved aside first.
func (c *Comparing) replace() error {
	vacant, err := claimComparison(c.folder())
	if err != nil {
		return err
	}
	if vacant {
		if err := removeVacant(c.folder()); err != nil {
			return err
		}
	}
	return exchange(c.Results(), c.folder(), filepath.Join(c.root, replacedName), vacant)
}

// Close removes the folder of work, and the folders that were made for nothing.
func (c *Comparing) Close() error {
	var errs []error
	switch {
	case c.out == "":
		return os.RemoveAll(c.root)
	case c.root != "":
		errs = append(errs, clearComparing(c.root))
	}
	UnmakeFolders(c.made)
	return errors.Join(append(errs, c.lock.Close())...)
}

// claimComparison looks at what lies where a comparison is to be written: nothing, an empty
// folder, or an older comparison as it was written. Anything else is a [GuardError].
func claimComparison(folder string) (vacant bool, err error) {
	info, err := os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("output folder: %w", err)
	case !info.IsDir():
		return false, inTheWayError(folder, "it is no folder; move it away, or name another --out")
	}
	if empty, err := isEmpty(folder); err != nil || empty {
		return empty, err
	}
	m, err := readComparison(folder)
	if err != nil {
		return false, inTheWayError(folder, fmt.Sprintf("it is no comparison of daybook (%v); move it away, or name another --out", err))
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if path := filepath.Join(folder, e.Name()); e.Name() != comparisonName && !m.has(e.Name()) {
			return false, inTheWayError(path, "it is none of the comparison's files; move it away")
		}
	}
	for _, o := range m.Outputs {
		path := filepath.Join(folder, o.Path)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if ok, err := Holds(folder, o); err != nil {
			return false, err
		} else if !ok {
			return false, inTheWayError(path, "it is not as it was written, and another comparison would replace it; move it away")
		}
	}
	return false, nil
}

func (m *Comparison) has(name string) bool {
	return slices.ContainsFunc(m.Outputs, func(o reports.Output) bool { return o.Path == name })
}

// readComparison reads the list of a comparison's folder.
func readComparison(folder string) (*Comparison, error) {
	path := filepath.Join(folder, comparisonName)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("it has no " + comparisonName)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > 1<<20:
		return nil, errors.New(comparisonName + " is no list of one")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := new(Comparison)
	if err := json.Unmarshal(text, m); err != nil || m.FormatVersion != comparisonVersion || len(m.Outputs) == 0 {
		return nil, errors.New(comparisonName + " is no list of one")
	}
	for _, o := range m.Outputs {
		if o.Path == "" || o.Path != filepath.Base(o.Path) {
			return nil, fmt.Errorf("%s lists %q, which is no file of it", comparisonName, o.Path)
		}
	}
	return m, nil
}

// clearComparing removes a folder of work: what is this program's alone, and of an older
// comparison in it what its list has. A folder without the mark is someone else's.
func clearComparing(root string) error {
	info, err := os.Lstat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("folder of work: %w", err)
	case !info.IsDir():
		return inTheWayError(root, "it is no folder; move it away")
	}
	if !isOurs(root) {
		if isBegun(root) {
			os.Remove(filepath.Join(root, markName))
		}
		if os.Remove(root) == nil {
			return nil
		}
		return inTheWayError(root, "daybook did not make it; move it away")
	}
	for _, name := range working {
		if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
			return fmt.Errorf("folder of work: %w", err)
		}
	}
	replaced := filepath.Join(root, replacedName)
	if m, err := readComparison(replaced); err == nil {
		for _, o := range m.Outputs {
			os.Remove(filepath.Join(replaced, o.Path)) // what can't be removed is left, below
		}
		os.Remove(filepath.Join(replaced, comparisonName))
	}
	os.Remove(replaced)
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("folder of work: %w", err)
	}
	for _, e := range entries {
		if e.Name() != markName {
			return inTheWayError(filepath.Join(root, e.Name()), "daybook did not write it; move it away")
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(root, markName)), os.Remove(root)); err != nil {
		return fmt.Errorf("folder of work: %w", err)
	}
	return nil
}
