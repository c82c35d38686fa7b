// SPDX-License-Identifier: MIT
// What is wrong with the picture of this page, a line each. Lengths are pixels of the window.
'use strict'

const picture = document.querySelector('svg')
const isTerminal = picture.id === 'terminal'
const all = selector => [...picture.querySelectorAll(selector)]
const placeOf = element => element.getBoundingClientRect()
const page = placeOf(picture)
const pixel = page.width / picture.viewBox.baseVal.width // how large a unit of the picture is

const texts = all('text')
const boxes = all('.box').map(group => group.querySelector('rect'))
const rects = all('rect').filter(rect => !rect.matches('.page, #screen *'))
const wrong = []

const report = (what, ...texts) => wrong.push(what + ': ' + texts.map(text => text.textContent).join(' / '))

// isIn: with some room left, in units of the picture.
function isIn(inner, outer, room) {
	room *= pixel
	return inner.left >= outer.left + room && inner.right <= outer.right - room &&
		inner.top >= outer.top + room / 2 && inner.bottom <= outer.bottom - room / 2
}

const isApart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top

function checkPlace(text) {
	const place = placeOf(text)
	const box = text.closest('.box')
	if (box && !isIn(place, placeOf(box.querySelector('rect')), 4)) report('out of its box', text)
	if (!isIn(place, page, 4)) report('out of the picture', text)
	for (const rect of rects) {
		const other = placeOf(rect)
		if (!isApart(place, other) && !isIn(place, other, 0)) report('across an edge', text)
	}
	for (const other of texts) {
		if (other !== text && !isApart(place, placeOf(other))) report('on another text', text, other)
	}
	for (const line of all('path:not(defs *)')) {
		if (crosses(line, place)) report('on a line', text)
	}
}

// crosses: is any point of the line in the middle half of the height of the place, where letters are?
function crosses(line, place) {
	const toWindow = line.getScreenCTM()
	const letters = place.height / 4
	for (let at = 0; at <= line.getTotalLength(); at += 2) {
		const point = line.getPointAtLength(at).matrixTransform(toWindow)
		const isBeside = point.x <= place.left || point.x >= place.right
		if (!isBeside && point.y > place.top + letters && point.y < place.bottom - letters) return true
	}
	return false
}

// checkSize: small letters can be read. A terminal has 80 columns, whatever the window.
function checkSize(text) {
	const size = parseFloat(getComputedStyle(text).fontSize) * pixel
	if (size < (isTerminal ? 7 : 8.5)) report('too small, ' + size.toFixed(1) + ' pixels', text)
}

// checkContrast: as the WCAG wants it of text, 4.5 to 1.
function checkContrast(text) {
	const under = text.closest('.box')?.querySelector('rect') ?? picture.querySelector('.page, .background')
	const ink = text.matches('.background') ? picture.querySelector('.foreground') : under // the cursor
	const [light, dark] = [luminance(text), luminance(ink)].sort((a, b) => b - a)
	const contrast = (light + 0.05) / (dark + 0.05)
	if (contrast < 4.5) report('too pale, ' + contrast.toFixed(1) + ' to 1', text)
}

function luminance(element) {
	const [red, green, blue] = getComputedStyle(element).fill.match(/[\d.]+/g).map(value => {
		value /= 255
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
	})
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

// checkLine: a line of a terminal. Its screens stand below each other, and one of them is seen.
function checkLine(line) {
	const place = placeOf(line)
	const screen = placeOf(picture.querySelector('#screen > rect'))
	const isWhole = place.left >= screen.left - 0.5 && place.right <= screen.right + 0.5
	if (!isWhole) wrong.push('out of the terminal: ' + line.getAttribute('xlink:href'))
}

for (const text of texts) {
	if (!isTerminal) checkPlace(text)
	checkSize(text)
	checkContrast(text)
}
for (const line of all('use')) checkLine(line)
if (boxes.includes(null)) wrong.push('a box without a rect')
if (texts.length === 0) wrong.push('no text at all')
if (page.right > innerWidth) wrong.push('wider than the window')

const scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
const seen = document.createElement('pre')
seen.textContent = [`${innerWidth} ${scheme} ${texts.length} texts`, ...new Set(wrong)].join('\n')
document.body.replaceChildren(seen)
