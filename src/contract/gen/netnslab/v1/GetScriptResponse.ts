// Original file: proto/netnslab/v1/lab_service.proto


export interface GetScriptResponse {
  /**
   * `bash lab.sh up` builds, `bash lab.sh down` removes.
   */
  'script'?: (string);
}

export interface GetScriptResponse__Output {
  /**
   * `bash lab.sh up` builds, `bash lab.sh down` removes.
   */
  'script': (string);
}
