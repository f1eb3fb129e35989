# A trainer for CPUs, or for NVIDIA GPUs with --build-arg TORCH_BACKEND=cuda. From the repository root: docker build -f deploy/trainer.Dockerfile .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TORCH_BACKEND=cpu
WORKDIR /src
# Only the files that determine the packages, so that Docker caches the restore.
COPY .editorconfig global.json Directory.Build.props Directory.Packages.props ./
COPY build/ build/
COPY Cgh.Core/Cgh.Core.csproj Cgh.Core/
COPY Cgh.Images/Cgh.Images.csproj Cgh.Images/
COPY Cgh.RunStore/Cgh.RunStore.csproj Cgh.RunStore/
COPY Cgh.ServiceDefaults/Cgh.ServiceDefaults.csproj Cgh.ServiceDefaults/
COPY Cgh.Reports/Cgh.Reports.csproj Cgh.Reports/
COPY Cgh.Client/Cgh.Client.csproj Cgh.Client/
COPY Cgh.Trainer/Cgh.Trainer.csproj Cgh.Trainer/
# Only one platform: native libraries of the others would make up most of the image.
RUN dotnet restore Cgh.Trainer --runtime linux-x64 -p:TorchBackend=$TORCH_BACKEND
COPY Cgh.Core/ Cgh.Core/
COPY Cgh.Images/ Cgh.Images/
COPY Cgh.RunStore/ Cgh.RunStore/
COPY Cgh.ServiceDefaults/ Cgh.ServiceDefaults/
COPY Cgh.Reports/ Cgh.Reports/
COPY Cgh.Client/ Cgh.Client/
COPY Cgh.Trainer/ Cgh.Trainer/
RUN dotnet publish Cgh.Trainer --no-restore --configuration Release --runtime linux-x64 --no-self-contained --output /app -p:TorchBackend=$TORCH_BACKEND

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
# A new volume inherits this owner.
RUN mkdir /data && chown "$APP_UID:$APP_UID" /data
COPY --from=build /app .
COPY deploy/health.sh .
# Torch brings the CUDA libraries; the NVIDIA container toolkit mounts those of the driver. No effect without a GPU.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
ENV CGH_DATA=/data
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/app/health.sh"]
ENTRYPOINT ["dotnet", "Cgh.Trainer.dll"]
CMD ["serve"]
