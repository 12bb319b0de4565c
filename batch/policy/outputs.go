package policy

type outputsSection struct {
	Shared      bool   `yaml:"shared" doc:"The folder's group may read what is published, as with --shared; otherwise only its owner."`
	Compression string `yaml:"compression" empty:"true" enum:"zstd" doc:"How Parquet files are compressed: zstd, or left out for not at all, as their encodings are small and quick."`
}

func (out *outputsSection) compile(_ *source, _ *document, p *Policy) {
	p.Shared, p.Compression = out.Shared, out.Compression
}
