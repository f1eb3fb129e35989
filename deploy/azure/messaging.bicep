// RabbitMQ as a container app. Its messages are lost with its replica; waiting runs are then queued again from the run store.

param location string
param environmentId string

param user string

@secure()
param password string

@description('Also makes the management interface reachable from the internet, over HTTPS and with the password.')
param exposeManagement bool

var port = 5672

var managementPort = 15672

// RabbitMQ accepts a folder of its own here; /etc/rabbitmq holds files of the image.
var configuration = '/etc/laboratory'

// The queues exist as soon as RabbitMQ runs. Otherwise the first message to a service at zero replicas would have no queue to wait in, and its scale rule
// no queue to count. A node that loads definitions makes no default user, so they contain it.
var definitions = union(loadJsonContent('definitions.json'), {
  vhosts: [{ name: '/' }]
  users: [{ name: user, password: password, tags: ['administrator'] }]
  permissions: [{ user: user, vhost: '/', configure: '.*', write: '.*', read: '.*' }]
})

resource messaging 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'messaging'
  location: location
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      secrets: [
        { name: 'messaging-password', value: password }
        // A file with the password in it, and one without anything secret: only secrets can be mounted as files.
        #disable-next-line use-secure-value-for-secure-inputs
        { name: 'definitions', value: string(definitions) }
        #disable-next-line use-secure-value-for-secure-inputs
        { name: 'rabbitmq-conf', value: 'load_definitions = ${configuration}/definitions.json\n' }
      ]
      // An app has one HTTP port: the management interface, which KEDA asks. AMQP is an additional port.
      ingress: {
        external: exposeManagement
        transport: 'http'
        targetPort: managementPort
        allowInsecure: false
        additionalPortMappings: [{ external: false, targetPort: port, exposedPort: port }]
      }
    }
    template: {
      containers: [
        {
          name: 'messaging'
          image: 'docker.io/library/rabbitmq:4.3-management'
          env: [
            { name: 'RABBITMQ_DEFAULT_USER', value: user }
            { name: 'RABBITMQ_DEFAULT_PASS', secretRef: 'messaging-password' }
            // 30 days in milliseconds: a trainer holds its message while it trains.
            { name: 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS', value: '-rabbit consumer_timeout 2592000000' }
            { name: 'RABBITMQ_CONFIG_FILE', value: '${configuration}/rabbitmq.conf' }
          ]
          resources: { cpu: json('0.5'), memory: '1Gi' }
          probes: [
            { type: 'Startup', tcpSocket: { port: port }, periodSeconds: 5, failureThreshold: 24 }
            { type: 'Liveness', tcpSocket: { port: port }, periodSeconds: 10, failureThreshold: 6 }
          ]
          volumeMounts: [{ volumeName: 'configuration', mountPath: configuration }]
        }
      ]
      // Its data is on the replica's own disk: RabbitMQ does not support network shares.
      volumes: [
        {
          name: 'configuration'
          storageType: 'Secret'
          secrets: [
            { secretRef: 'definitions', path: 'definitions.json' }
            { secretRef: 'rabbitmq-conf', path: 'rabbitmq.conf' }
          ]
        }
      ]
      scale: { minReplicas: 1, maxReplicas: 1 }
    }
  }
}
