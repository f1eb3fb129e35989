// Redis as a container app, reachable within the environment only.

param location string
param environmentId string

@description('The share for its snapshots.')
param share string

@secure()
param password string

var port = 6379

resource redis 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'redis'
  location: location
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      secrets: [{ name: 'redis-password', value: password }]
      ingress: { external: false, transport: 'tcp', targetPort: port, exposedPort: port }
    }
    template: {
      containers: [
        {
          name: 'redis'
          image: 'docker.io/library/redis:8.6'
          command: ['/bin/sh']
          // A snapshot 10 seconds after a change.
          args: ['-c', 'redis-server --requirepass $REDIS_PASSWORD --save 10 1']
          env: [{ name: 'REDIS_PASSWORD', secretRef: 'redis-password' }]
          resources: { cpu: json('0.5'), memory: '1Gi' }
          probes: [
            { type: 'Startup', tcpSocket: { port: port }, periodSeconds: 5, failureThreshold: 24 }
            { type: 'Liveness', tcpSocket: { port: port }, periodSeconds: 10, failureThreshold: 6 }
          ]
          volumeMounts: [{ volumeName: 'data', mountPath: '/data' }]
        }
      ]
      volumes: [{ name: 'data', storageType: 'AzureFile', storageName: share }]
      scale: { minReplicas: 1, maxReplicas: 1 }
    }
  }
}
