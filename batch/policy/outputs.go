package policy

type outputsSection struct {
	Shared bool `yaml:"shared" doc:"The folder's group may read what is published, as with --shared; otherwise only its owner."`
}

func (out *outputsSection) compile(_ *source, _ *document, p *Policy) { p.Shared = out.Shared }
