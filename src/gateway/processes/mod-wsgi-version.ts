/** The release of each series that is modelled: what applications find in `mod_wsgi.version`. */
export const modWsgiVersions = { '4.9': [4, 9, 4], '5': [5, 0, 2], '6': [6, 0, 5] } as const;

/** The Apache whose behaviour is followed: what they find in `apache.version`. */
export const apacheVersion = [2, 4, 62] as const;
