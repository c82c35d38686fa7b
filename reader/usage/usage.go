// SPDX-License-Identifier: MIT

// Package usage marks errors that are the caller's: what was typed cannot be meant.
package usage

import (
	"errors"
	"fmt"
)

// Err means that the command line is at fault.
var Err = errors.New("usage")

// Errorf makes an error that wraps Err but does not say so.
func Errorf(format string, words ...any) error {
	return &usageError{fmt.Errorf(format, words...)}
}

type usageError struct{ error }

func (u *usageError) Is(target error) bool { return target == Err }
func (u *usageError) Unwrap() error        { return u.error }
