import * as addresses from './rules-addresses.ts'
import * as devices from './rules-devices.ts'
import * as filters from './rules-filters.ts'
import * as host from './rules-host.ts'
import * as names from './rules-names.ts'
import * as routes from './rules-routes.ts'
import type { Survey } from './survey.ts'

/** One rule: adds to the findings every place that breaks it. Rules do not rely on each other. */
export type Rule = (survey: Survey) => void

/**
 * What the parts of a spec must hold together, in the order in which problems are told.
 */
export const RULES: readonly Rule[] = [
  names.labHasAName,
  names.labIsNotEmpty,
  names.namesAreUnique,
  names.interfaceNamesAreUnique,
  names.linksOfInterfacesExist,
  names.namedMembersExist,
  names.namedInterfacesExist,
  names.linksHaveTwoEnds,
  addresses.subnetsAreOneOfEachFamily,
  addresses.subnetsDoNotOverlap,
  addresses.memberIsInEachSubnetOnce,
  addresses.addressesAreInTheirSubnet,
  addresses.addressesAreUsable,
  addresses.addressesAreUnique,
  addresses.automaticAddressesHaveASubnet,
  addresses.subnetsAreLargeEnough,
  devices.macsAreUnicast,
  devices.macsAreUnique,
  devices.mtuIsEnoughForIpv6,
  devices.switchesHaveFreePorts,
  devices.jitterFitsDelay,
  devices.ipv6IsNotOffWhereUsed,
  routes.nextHopsAreOnLink,
  routes.gatewaysAreOneOfEachFamily,
  routes.routesAreUnique,
  routes.routesKeepTheirFamily,
  routes.ipv6RoutesHaveAFitDevice,
  filters.translationKeepsItsFamily,
  filters.forwardTargetsHaveAnAddress,
  filters.forwardsDoNotClash,
  filters.oneToOneIsUnique,
  filters.portsHaveAProtocol,
  filters.firewallRulesKeepAFamily,
  filters.interfacesFitTheDirection,
  host.kernelHasTheFeatures,
  host.uplinksAreAllowed,
  host.uplinksStandOnASwitch,
  routes.nextHopsCanBeFound,
]
