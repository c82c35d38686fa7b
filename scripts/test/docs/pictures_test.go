// SPDX-License-Identifier: MIT

package docs

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-quicktest/qt"

	"dilih/bpf/abi"
	"dilih/reader/fault"
)

// The pictures that are drawn by hand, and look alike.
var drawn = []string{
	"docs/pictures/packet.svg", "docs/pictures/pins.svg", "docs/pictures/rule.svg", "docs/pictures/burst.svg",
}

// TestPictures looks at each SVG as far as that needs no browser.
func TestPictures(t *testing.T) {
	for _, picture := range pictures(t) {
		t.Run(picture, func(t *testing.T) {
			text := read(t, picture)
			svg := parsed(t, text)
			checkWords(t, svg)
			checkAlone(t, svg)
			qt.Check(t, qt.StringContains(text, "@media (prefers-color-scheme: dark)"))
			qt.Check(t, qt.Not(qt.Equals(svg.attribute("viewBox"), "")))
			qt.Check(t, qt.IsTrue(isPlaced(t, picture)), qt.Commentf("no page shows it, with words beside it"))
		})
	}
}

// checkWords requires the words that are read to people who cannot see the picture.
func checkWords(t *testing.T, svg element) {
	texts := svg.texts()
	qt.Check(t, qt.Equals(svg.attribute("role"), "img"))
	qt.Check(t, qt.Equals(svg.attribute("aria-labelledby"), "title desc"))
	qt.Check(t, qt.Not(qt.Equals(texts["title"], "")))
	qt.Check(t, qt.Not(qt.Equals(texts["desc"], "")))
}

var (
	known = []string{
		"svg", "title", "desc", "style", "defs", "marker", "g", "rect", "circle", "path", "text", "tspan", "use",
	}
	settings = []string{"template_settings", "screen_geometry", "animation"} // of termtosvg, for itself
	fetches  = regexp.MustCompile(`@import|url\([^#]|javascript:`)
)

// checkAlone requires a picture that runs nothing, and for which nothing must be downloaded.
func checkAlone(t *testing.T, svg element) {
	for _, e := range svg.all() {
		name := e.XMLName.Local
		foreign := e.XMLName.Space != svg.XMLName.Space && slices.Contains(settings, name)
		qt.Check(t, qt.IsTrue(foreign || slices.Contains(known, name)), qt.Commentf("the element %s", name))
		qt.Check(t, qt.IsFalse(fetches.MatchString(e.Text)), qt.Commentf("%s", e.Text))
		for _, a := range e.Attributes {
			ok := !strings.HasPrefix(a.Name.Local, "on") && !fetches.MatchString(a.Value) &&
				(a.Name.Local != "href" || strings.HasPrefix(a.Value, "#"))
			qt.Check(t, qt.IsTrue(ok), qt.Commentf("%s=%q of %s", a.Name.Local, a.Value, name))
		}
	}
}

var image = regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`)

// isPlaced says whether a document shows the picture, with words beside it.
func isPlaced(t *testing.T, picture string) bool {
	for _, document := range documents(t) {
		for _, found := range image.FindAllStringSubmatch(read(t, document), -1) {
			if filepath.Join(filepath.Dir(document), found[1]) == picture {
				return true
			}
		}
	}
	return false
}

// TestOnePalette compares the styles of what is drawn by hand.
func TestOnePalette(t *testing.T) {
	style := func(picture string) string {
		text := read(t, picture)
		return text[strings.Index(text, "<style>"):strings.Index(text, "</defs>")]
	}
	for _, picture := range drawn[1:] {
		qt.Check(t, qt.Equals(style(picture), style(drawn[0])), qt.Commentf("%s", picture))
	}
}

// reader runs the dilih-reader of this tree, which make has built.
func reader(t *testing.T, arguments ...string) (output string) {
	t.Helper()
	out, err := exec.Command(filepath.Join(root, "dilih-reader"), arguments...).Output()
	qt.Assert(t, qt.IsNil(err), qt.Commentf("make build builds it"))
	return string(out)
}

// TestRulePicture compares the bytes in the picture with those of dilih-reader plan, and the C with the source.
func TestRulePicture(t *testing.T) {
	text := read(t, "docs/pictures/rule.svg")
	shown := parsed(t, text).texts()
	pin := filepath.Join(t.TempDir(), "pins")
	batch := reader(t, "plan", "--pin", pin, "--seed", "42", shown["fault"])
	value, cut := strings.CutSuffix(shown["value"], "...")
	qt.Check(t, qt.IsTrue(cut))
	line := fmt.Sprint(shown["command"], " ", shown["entry"], " ", value)
	qt.Check(t, qt.StringContains(strings.ReplaceAll(batch, pin, "/sys/fs/bpf/dilih"), "\n"+line))

	rule := ruleOf(t, shown["fault"])
	for _, field := range []string{"Kinds", "DportFirst", "DportLast", "Action", "Key", "P", "R", "Bad"} {
		value := reflect.ValueOf(rule).FieldByName(field).Interface()
		bytes, err := binary.Append(nil, binary.LittleEndian, value)
		qt.Assert(t, qt.IsNil(err))
		qt.Check(t, qt.Equals(shown[field], fmt.Sprintf("% x", bytes)), qt.Commentf("%s", field))
	}
	qt.Check(t, qt.StringContains(text, fmt.Sprintf(">%s gets bad<", percent(rule.P))))
	qt.Check(t, qt.StringContains(text, fmt.Sprintf(">%s gets good<", percent(rule.R))))
	qt.Check(t, qt.StringContains(read(t, "bpf/match.h"), "\t"+shown["first"]+"\n\t\t"+shown["second"]+"\n"))
}

// ruleOf is a fault as a rule, with the seed of the picture.
func ruleOf(t *testing.T, text string) abi.Rule {
	faults, err := fault.Parse("picture", text)
	qt.Assert(t, qt.IsNil(err))
	return faults[0].Rule(42, 1)
}

// percent prints a probability.
func percent(probability uint64) string {
	decimals := strconv.FormatFloat(float64(probability)*100/abi.One, 'f', 4, 64)
	return strings.TrimRight(strings.TrimRight(decimals, "0"), ".") + " %"
}

// many is how many packets the mean in the picture of a burst is of.
const many = 1_000_000

// TestBurstPicture compares the packets in the picture, and what it says of many, with dilih-reader predict.
func TestBurstPicture(t *testing.T) {
	svg := parsed(t, read(t, "docs/pictures/burst.svg"))
	shown := svg.texts()
	seed := strings.TrimPrefix(shown["seed"], "seed ")
	packets, dropped := shownPackets(svg)
	qt.Check(t, qt.Equals(shown["command"],
		fmt.Sprintf("dilih-reader predict --seed %s --packets %d '%s'", seed, packets, shown["fault"])))
	predicted := predict(t, seed, shown["fault"])
	first, _ := slices.BinarySearch(predicted, packets+1)
	qt.Check(t, qt.DeepEquals(dropped, predicted[:first]))
	qt.Check(t, qt.Equals(shown["mean"], fmt.Sprintf("Of the first 1,000,000 packets %.2f %% are dropped, %.2f in a row",
		float64(len(predicted))*100/many, float64(len(predicted))/float64(bursts(predicted)))))

	rule := ruleOf(t, shown["fault"])
	qt.Check(t, qt.Equals(shown["p"], "p = "+percent(rule.P)))
	qt.Check(t, qt.Equals(shown["r"], "r = "+percent(rule.R)))
	qt.Check(t, qt.Equals(shown["stays-good"], percent(abi.One-rule.P)))
	qt.Check(t, qt.Equals(shown["stays-bad"], percent(abi.One-rule.R)))
}

// shownPackets says how many packets there are in the picture, and the numbers of those that are dropped.
func shownPackets(svg element) (packets int, dropped []int) {
	row := slices.IndexFunc(svg.Inside, func(e element) bool { return e.attribute("id") == "packets" })
	for i, packet := range svg.Inside[row].Inside {
		if packet.attribute("class") == "dropped" {
			dropped = append(dropped, i+1)
		}
	}
	return len(svg.Inside[row].Inside), dropped
}

// predict returns the numbers of the packets that will be dropped, of many.
func predict(t *testing.T, seed, faults string) (dropped []int) {
	output := reader(t, "predict", "--seed", seed, "--packets", strconv.Itoa(many), faults)
	for number := range strings.FieldsSeq(output) {
		n, err := strconv.Atoi(number)
		qt.Assert(t, qt.IsNil(err))
		dropped = append(dropped, n)
	}
	return dropped
}

// bursts is how many runs of consecutive numbers there are.
func bursts(numbers []int) (runs int) {
	for i, n := range numbers {
		if i == 0 || n != numbers[i-1]+1 {
			runs++
		}
	}
	return runs
}

// TestPinsPicture finds the pins in the picture in the contract.
func TestPinsPicture(t *testing.T) {
	contract := read(t, "docs/contract.md")
	for _, box := range parsed(t, read(t, "docs/pictures/pins.svg")).all() {
		for _, text := range box.Inside {
			if strings.HasPrefix(box.attribute("class"), "box") && strings.Contains(text.attribute("class"), "code") {
				for name := range strings.SplitSeq(strings.TrimSuffix(text.Text, " ..."), ", ") {
					qt.Check(t, qt.StringContains(contract, "`"+strings.TrimSuffix(name, "/")+"`"))
				}
			}
		}
	}
}
