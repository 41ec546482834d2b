/* zookeeper_version.h -- the version of ZooKeeper whose C API this library offers. */
#ifndef ZOOKEEPER_VERSION_H_
#define ZOOKEEPER_VERSION_H_

#define ZOO_VERSION "3.9.5"

#endif
