// SPDX-License-Identifier: MIT

package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"dilih/reader/tally"
)

// count writes a number with its thousands apart: 1,234,567.
func count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var text strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			text.WriteByte(',')
		}
		text.WriteRune(digit)
	}
	return text.String()
}

// scaled writes a number of at least 1,000 with three digits and the prefix of its unit: 12.3 k.
func scaled(value float64) string {
	prefixes := "kMGTPE"
	value /= 1000
	i := 0
	for ; value >= 999.5 && i < len(prefixes)-1; i++ {
		value /= 1000
	}
	decimals := 2
	if value >= 9.995 {
		decimals = 1
	}
	if value >= 99.95 {
		decimals = 0
	}
	return fmt.Sprintf("%.*f %c", decimals, value, prefixes[i])
}

func byteCount(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return scaled(float64(n)) + "B"
}

func rate(perSecond float64) string {
	switch {
	case perSecond == 0:
		return "0"
	case perSecond < 9.95:
		return fmt.Sprintf("%.1f", perSecond)
	case perSecond < 99_999.5:
		return count(uint64(math.Round(perSecond)))
	}
	return scaled(perSecond)
}

// percent writes a share of 0 to 1 with so many decimals, and never rounds what is not 0 or 100 %
// to it.
func percent(share float64, decimals int) string {
	text := strconv.FormatFloat(share*100, 'f', decimals, 64)
	if zero := strconv.FormatFloat(0, 'f', decimals, 64); text == zero && share > 0 {
		return "<" + strconv.FormatFloat(math.Pow10(-decimals), 'f', decimals, 64) + "%"
	}
	if whole := strconv.FormatFloat(100, 'f', decimals, 64); text == whole && share < 1 {
		return ">" + strconv.FormatFloat(100-math.Pow10(-decimals), 'f', decimals, 64) + "%"
	}
	return text + "%"
}

// asked writes a share as people type it: 0.1%, 50%.
func asked(share float64) string {
	if math.IsNaN(share) {
		return ""
	}
	return strconv.FormatFloat(share*100, 'g', 5, 64) + "%"
}

func lease(l tally.Lease) string {
	switch {
	case l.Forever:
		return "no end set"
	case l.Ended():
		return "lease ended"
	}
	return "ends in " + duration(l.Left)
}

// duration writes the two largest units: 59m 12s. What is left of a second counts as one.
func duration(d time.Duration) string {
	seconds := int64(math.Ceil(d.Seconds()))
	days, hours, minutes := seconds/86400, seconds/3600%24, seconds/60%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm %ds", minutes, seconds%60)
	}
	return fmt.Sprintf("%ds", seconds)
}
