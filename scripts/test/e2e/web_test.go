// SPDX-License-Identifier: MIT

//go:build kernel

package e2e

import (
	"net/http"
	"os"
)

// webd serves the files of a directory: webd ADDRESS DIR.
func webd() {
	must(http.ListenAndServe(os.Args[1], http.FileServer(http.Dir(os.Args[2]))))
}
