using Cgh.Core;
using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>Rejects commands of another contract version.</summary>
internal sealed class ContractVersionFilter<T> : IFilter<ConsumeContext<T>>
    where T : class
{
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next) =>
        context.Message is ICommand { Version: not Contracts.Version and var version }
            ? throw new UserErrorException(
                $"{typeof(T).Name} has version {version}, but this service expects version {Contracts.Version}. "
                + "Run the same version of all services, then resend it.")
            : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("contract-version");
}
