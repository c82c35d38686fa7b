// SPDX-License-Identifier: MIT

//go:build browser

package docs

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"
)

// page shows a picture as a page of documents does, on a phone and on a desk, and says what is wrong with it.
const page = `<!DOCTYPE html>
<meta charset="utf-8">
<style>body { margin: 16px } svg { max-width: 100%%; height: auto } #screen_view { animation: none !important }</style>
%s
<script>%s</script>
`

var report = regexp.MustCompile(`(?s)<pre>(.*)</pre>`)

// TestInBrowser shows each picture in Chromium, on light and dark pages, narrow and wide: no text is outside of its
// box, on another one, on a line, too small or too pale.
func TestInBrowser(t *testing.T) {
	measure := read(t, "scripts/test/docs/testdata/measure.js")
	for _, picture := range pictures(t) {
		file := filepath.Join(t.TempDir(), "page.html")
		qt.Assert(t, qt.IsNil(os.WriteFile(file, fmt.Appendf(nil, page, read(t, picture), measure), 0o644)))
		for _, width := range []int{390, 1280} {
			for number, scheme := range []string{"dark", "light"} { // in the order of Chromium's numbers
				name := fmt.Sprint(picture, " ", width, " ", scheme)
				t.Run(name, func(t *testing.T) {
					said := inBrowser(t, file, width, number)
					qt.Check(t, qt.Matches(said, fmt.Sprintf(`%d %s [1-9]\d* texts`, width, scheme)))
				})
			}
		}
	}
}

// inBrowser is what the script in the page says.
func inBrowser(t *testing.T, file string, width, scheme int) string {
	options := []string{"--headless", "--disable-gpu", "--dump-dom", "--user-data-dir=" + t.TempDir(),
		fmt.Sprintf("--window-size=%d,1000", width), fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme)}
	if os.Geteuid() == 0 {
		options = append(options, "--no-sandbox") // it has none for root
	}
	said := new(strings.Builder)
	cmd := exec.Command("chromium-headless-shell", append(options, "file://"+file)...)
	cmd.Stderr = said
	dom, err := cmd.Output()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("%s", said))
	found := report.FindSubmatch(dom)
	qt.Assert(t, qt.HasLen(found, 2), qt.Commentf("no report: %s%s", dom, said))
	return html.UnescapeString(string(found[1]))
}
