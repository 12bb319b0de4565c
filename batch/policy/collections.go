package policy

// collectionsSection is how loans past due are worked. It has no keys in this
// version.
type collectionsSection struct{}

func (*collectionsSection) compile(*source, *document, *Policy) {}
