module github.com/kairos-io/netboot

go 1.24
