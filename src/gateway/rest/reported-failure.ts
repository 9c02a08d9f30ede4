import type { FailureReport } from '../../contract/failure-report.ts'

/** A failure that is worded already: what the engine said. */
export class ReportedFailure extends Error {
  readonly report: FailureReport
  constructor(report: FailureReport) {
    super(report.message)
    this.name = 'ReportedFailure'
    this.report = report
  }
}
