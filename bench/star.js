/** The lab that everything is measured with: N hosts on one switch (on two from 1,000 hosts, for a bridge has 1,023 ports). */
export function starSpec(name, hosts) {
  const switches = hosts >= 1000 ? 2 : 1
  const perSwitch = Math.ceil(hosts / switches)
  return {
    name,
    switches: Array.from({ length: switches }, (_, s) => ({ name: `lan${s}`, subnet: `10.${s}.0.0/16` })),
    hosts: Array.from({ length: hosts }, (_, k) => {
      const s = Math.floor(k / perSwitch)
      const place = (k % perSwitch) + 2
      return {
        name: `h${k}`,
        interfaces: [{ name: 'eth0', link: `lan${s}`, address: `10.${s}.${place >> 8}.${place & 255}/16` }],
        routes: [{ to: '0.0.0.0/0', via: `10.${s}.0.1` }],
      }
    }),
  }
}
