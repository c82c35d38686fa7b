// SPDX-License-Identifier: MIT

// Command service is a small service and a client of it, to see in the lab what a bad network does to the two:
//
//	service serve ADDRESS    answers each request
//	service ask URL          asks 1,000 times, and says how long the answers took
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	requests = 1000
	clients  = 4                // at once
	patience = 30 * time.Second // with one answer
	start    = 10 * time.Second // until the service is there
)

func main() {
	if len(os.Args) != 3 {
		fail("usage: service serve ADDRESS, or service ask URL")
	}
	switch os.Args[1] {
	case "serve":
		fail(http.ListenAndServe(os.Args[2], http.HandlerFunc(answer)))
	case "ask":
		report(askAll(os.Args[2]))
	default:
		fail("usage: service serve ADDRESS, or service ask URL")
	}
}

func fail(what any) {
	fmt.Fprintln(os.Stderr, "service:", what)
	os.Exit(1)
}

func answer(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "here I am") }

// askAll returns how long each answer took, the fastest first. Each request has a connection of its own, as those of
// new clients have.
func askAll(url string) []time.Duration {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	waitFor(client, url)
	times := make([]time.Duration, requests)
	var all sync.WaitGroup
	for first := range clients {
		all.Go(func() {
			for i := first; i < requests; i += clients {
				times[i] = ask(client, url)
			}
		})
	}
	all.Wait()
	slices.Sort(times)
	return times
}

// waitFor returns once the service answers.
func waitFor(client *http.Client, url string) {
	for began := time.Now(); time.Since(began) < start; time.Sleep(10 * time.Millisecond) {
		if response, err := client.Get(url); err == nil {
			response.Body.Close()
			return
		}
	}
	fail("no answer from " + url)
}

func ask(client *http.Client, url string) time.Duration {
	began := time.Now()
	response, err := client.Get(url)
	if err != nil {
		fail(err)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		fail(err)
	}
	response.Body.Close()
	return time.Since(began)
}

// report prints the times that half of the answers, and 99 of 100, were not slower than.
func report(times []time.Duration) {
	at := func(percent int) time.Duration { return times[len(times)*percent/100-1].Round(10 * time.Microsecond) }
	fmt.Printf("%d answers: p50 %v, p99 %v, slowest %v\n", len(times), at(50), at(99), at(100))
}
