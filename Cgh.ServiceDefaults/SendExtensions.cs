using MassTransit;

namespace Cgh.ServiceDefaults;

/// <summary>Commands go to a queue by its name, so that they wait there when nobody listens yet.</summary>
public static class SendExtensions
{
    /// <summary>Sends <paramref name="message"/> to one of <see cref="Core.Messages.Queues"/>.</summary>
    public static async Task SendToAsync<T>(this ISendEndpointProvider sender, string queue, T message, CancellationToken stop = default)
        where T : class
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"queue:{queue}"));
        await endpoint.Send(message, stop);
    }
}
