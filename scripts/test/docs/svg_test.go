// SPDX-License-Identifier: MIT

package docs

import (
	"encoding/xml"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// element is an element of an SVG.
type element struct {
	XMLName    xml.Name
	Attributes []xml.Attr `xml:",any,attr"`
	Inside     []element  `xml:",any"`
	Text       string     `xml:",chardata"`
}

// pictures are the paths of all SVGs in the documents, from the root of the tree.
func pictures(t *testing.T) (names []string) {
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".svg" {
			names = append(names, strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
	qt.Assert(t, qt.IsNil(err))
	qt.Assert(t, qt.Not(qt.HasLen(names, 0)))
	return names
}

// parsed is the outermost element of an SVG.
func parsed(t *testing.T, text string) (svg element) {
	qt.Assert(t, qt.IsNil(xml.Unmarshal([]byte(text), &svg)))
	qt.Assert(t, qt.Equals(svg.XMLName, xml.Name{Space: "http://www.w3.org/2000/svg", Local: "svg"}))
	return svg
}

// attribute is the value of an attribute of an element, or "". The name is without a namespace.
func (e element) attribute(name string) string {
	for _, a := range e.Attributes {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all are this element and all elements in it, in the order of the file.
func (e element) all() []element {
	found := []element{e}
	for _, inside := range e.Inside {
		found = append(found, inside.all()...)
	}
	return found
}

// texts are the texts of all elements that have an id, by that id.
func (e element) texts() map[string]string {
	texts := make(map[string]string)
	for _, inside := range e.all() {
		if id := inside.attribute("id"); id != "" {
			texts[id] = strings.TrimSpace(inside.Text)
		}
	}
	return texts
}
