// SPDX-License-Identifier: MIT

package fault

// Preset is a link whose figures somebody has published, or an example of one. Down is towards the client.
type Preset struct {
	Name     string
	Down, Up string // effects
	Source   string
}

const (
	devtools    = `Chrome DevTools, "3G"`
	webPageTest = "WebPageTest, connectivity.ini"
	atc         = "Augmented Traffic Control"
)

// Presets are all presets. Round-trip times are split evenly over both directions, unless the source gives each.
// No source gives the length of the queue in front of a rate: it has room for 25 packets, as the queue of the QUIC
// network simulator has, or is as long as a queue without a length, or as long as packets can wait.
var Presets = []Preset{
	{"3g", "delay 200ms rate 500kbit queue 25", "delay 200ms rate 500kbit queue 25", devtools},
	{"slow-3g", "delay 200ms rate 500kbit queue 25", "delay 200ms rate 500kbit queue 25", devtools + " (another name for 3g)"},
	{"slow-4g", "delay 75ms rate 1.6mbit queue 25", "delay 75ms rate 750kbit queue 25", `Chrome DevTools and Lighthouse, "Slow 4G"`},
	{"4g", "delay 30ms rate 9mbit", "delay 30ms rate 1.5mbit queue 25", `Chrome DevTools, "Fast 4G"`},
	{"fast-4g", "delay 30ms rate 9mbit", "delay 30ms rate 1.5mbit queue 25", `Chrome DevTools, "Fast 4G" (another name for 4g)`},
	{"cable", "delay 14ms rate 5mbit queue 25", "delay 14ms rate 1mbit queue 25", webPageTest},
	{"dsl", "delay 25ms rate 1.5mbit queue 25", "delay 25ms rate 384kbit queue 25", webPageTest},
	{"fios", "delay 2ms rate 20mbit", "delay 2ms rate 5mbit queue 25", webPageTest},
	{"wpt-3g", "delay 150ms rate 1.6mbit queue 25", "delay 150ms rate 768kbit queue 25", webPageTest},
	{"wpt-3g-slow", "delay 100ms rate 780kbit queue 25", "delay 100ms rate 330kbit queue 25", webPageTest},
	{"edge", "delay 420ms rate 240kbit queue 25", "delay 420ms rate 200kbit queue 25", webPageTest},
	{"2g", "delay 650ms rate 35kbit queue 25", "delay 650ms rate 32kbit queue 9.35s", webPageTest},
	{"dial", "delay 60ms rate 49kbit queue 25", "delay 60ms rate 30kbit queue 9.94s", webPageTest},
	{"2g-rural", "drop 2% delay 650ms rate 20kbit queue 9.35s", "drop 2% delay 650ms rate 18kbit queue 9.35s", atc},
	{"edge-lossy", "drop 1% delay 400ms rate 240kbit queue 25", "drop 1% delay 440ms rate 200kbit queue 25", atc},
	{"wifi", "drop 0.1% delay 5ms jitter 2ms", "drop 0.1% delay 5ms jitter 2ms", "patchbay, which gives no measurement"},
	{"wifi-bad", "drop 2% burst 4 delay 40ms jitter 15ms rate 20mbit", "drop 2% burst 4 delay 40ms jitter 15ms rate 20mbit",
		"patchbay; the burst: da Silva and Pedroso 2022, on 802.11"},
	{"leo", "drop 0.01% delay 25ms jitter 5ms", "drop 0.3% delay 25ms jitter 5ms", "APNIC 2022, from Europe; LeoCC"},
	{"geo", "drop 0.1% delay 279ms", "drop 0.1% delay 279ms", "RFC 2488, for the delay; the loss is an example"},
	{"intercontinental", "delay 75ms", "delay 75ms", "an example, without a published source"},
}

// presetNamed finds a preset.
func presetNamed(name string) (preset Preset, known bool) {
	for _, preset := range Presets {
		if preset.Name == name {
			return preset, true
		}
	}
	return Preset{}, false
}

// presetNames are the names of all presets.
func presetNames() (names []string) {
	for _, preset := range Presets {
		names = append(names, preset.Name)
	}
	return names
}
