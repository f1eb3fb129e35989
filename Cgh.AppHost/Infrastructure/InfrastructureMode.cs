namespace Cgh.AppHost.Infrastructure;

/// <summary>How Redis and RabbitMQ are provided.</summary>
internal enum InfrastructureMode
{
    /// <summary>Not at all: one process runs all services, with a run store and a bus inside.</summary>
    Embedded,

    /// <summary>As containers started by this host.</summary>
    Containers,

    /// <summary>Existing servers, by connection string.</summary>
    Existing,

    /// <summary><c>redis-server</c> and <c>rabbitmq-server</c> installed on this machine, started by this host.</summary>
    Executables,
}
