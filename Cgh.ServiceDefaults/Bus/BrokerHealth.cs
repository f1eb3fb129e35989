using Cgh.Core;
using Cgh.RunStore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>Reports a broker that is alive but accepts no messages, which MassTransit's own check calls healthy.</summary>
internal sealed class BrokerHealth(Uri broker) : IBrokerStatus, IHealthCheck, IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private BrokerProbe? _probe;

    public async Task<string?> FaultAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_probe is { IsOpen: false } lost)
            {
                _probe = null;
                await lost.DisposeAsync();
            }

            _probe ??= await BrokerProbe.OpenAsync(broker, cancellationToken);
            return await _probe.FaultAsync(cancellationToken);
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await FaultAsync(cancellationToken) is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy();

    public async ValueTask DisposeAsync()
    {
        if (_probe is not null)
        {
            await _probe.DisposeAsync();
        }

        _turn.Dispose();
    }
}
