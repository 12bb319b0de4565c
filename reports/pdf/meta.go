package pdf

import (
	"encoding/binary"
	"fmt"
	"html"
)

// xmp is what the document says about itself, for programs.
func (d *Document) xmp(id string) []byte {
	text := html.EscapeString
	made := d.day("%04d-%02d-%02dT00:00:00Z")
	uuid := fmt.Sprintf("uuid:%s-%s-%s-%s-%s", id[:8], id[8:12], id[12:16], id[16:20], id[20:])
	return fmt.Appendf(nil, `<?xpacket begin="`+"\ufeff"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>%s</xmp:CreateDate><xmp:ModifyDate>%s</xmp:ModifyDate><xmp:CreatorTool>%s</xmp:CreatorTool><pdf:Producer>%s</pdf:Producer>
<xmpMM:DocumentID>%s</xmpMM:DocumentID><xmpMM:InstanceID>%s</xmpMM:InstanceID>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, text(d.info.Title), text(d.info.Language), made, made, text(d.info.Creator), text(d.info.Creator), uuid, uuid)
}

// colourProfile is an ICC profile, version 2, of the colours that the document's are of:
// the primaries of sRGB and a gamma of 2.2.
func colourProfile() []byte {
	word := func(b []byte, list ...uint32) []byte {
		for _, v := range list {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		return b
	}
	// Coordinates are in 65536ths, adapted to the white of D50.
	xyz := func(x, y, z uint32) []byte { return word([]byte("XYZ \x00\x00\x00\x00"), x, y, z) }
	const name = "sRGB\x00"
	description := word([]byte("desc\x00\x00\x00\x00"), uint32(len(name)))
	description = append(append(description, name...), make([]byte, 4+4+2+1+67)...)
	gamma := append(word([]byte("curv\x00\x00\x00\x00"), 1), 0x02, 0x33)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", description}, {"cprt", []byte("text\x00\x00\x00\x00no copyright\x00")}, {"wtpt", xyz(62289, 65536, 71372)},
		{"rXYZ", xyz(28578, 14581, 912)}, {"gXYZ", xyz(25241, 46981, 6362)}, {"bXYZ", xyz(9376, 3972, 46799)},
		{"rTRC", gamma}, {"gTRC", gamma}, {"bTRC", gamma},
	}
	table := word(nil, uint32(len(tags)))
	var body []byte
	for _, t := range tags {
		table = word(append(table, t.name...), uint32(128+4+12*len(tags)+len(body)), uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	head := word(nil, uint32(128+len(table)+len(body)), 0, 0x02100000)
	head = append(head, "mntrRGB XYZ "...)
	head = append(head, 0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0) // 2000-01-01
	head = append(head, "acsp"...)
	head = word(head, 0, 0, 0, 0, 0, 0, 0, 63190, 65536, 54061, 0)
	head = append(head, make([]byte, 128-len(head))...)
	return append(append(head, table...), body...)
}
