// SPDX-License-Identifier: MIT

package pcap

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// open opens the file for writing, and makes it if there is none. Nobody but its owner may read it:
// it will have other people's packets in it.
//
// The errors do not wrap what the kernel said: it is not the pins that were not found or not permitted.
func open(path string) (file *os.File, made bool, err error) {
	file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	made = err == nil
	if errors.Is(err, os.ErrExist) {
		file, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if err != nil {
		return nil, false, fmt.Errorf("write what is dropped: %v", err)
	}
	if made {
		err = giveTo(file, os.Getenv("SUDO_UID"), os.Getenv("SUDO_GID"))
	}
	if err != nil {
		file.Close()
		return nil, false, fmt.Errorf("give the file to the user who called sudo: %v", err)
	}
	return file, made, nil
}

// giveTo makes the user who called sudo, if there is one, the owner of the file that root has made.
func giveTo(file *os.File, user, group string) error {
	uid, noUser := strconv.ParseUint(user, 10, 31)
	gid, noGroup := strconv.ParseUint(group, 10, 31)
	if os.Geteuid() != 0 || noUser != nil || noGroup != nil {
		return nil
	}
	return file.Chown(int(uid), int(gid))
}
